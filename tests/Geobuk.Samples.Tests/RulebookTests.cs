using System.Text;
using System.Text.RegularExpressions;
using Geobuk.Samples.Generator;
using Geobuk.Tests;

namespace Geobuk.Samples.Tests;

public partial class RulebookTests
{
    [Fact]
    public void Generate_Again_EqualsTheCommittedFilesByteForByte()
    {
        foreach (var (path, text) in SampleText.Files)
            Assert.True(Encoding.UTF8.GetBytes(text).AsSpan().SequenceEqual(File.ReadAllBytes(TestPaths.Repository("samples", path))), $"{path} differs; run dotnet run --project samples/Generator");
    }

    [Fact]
    public void GenerateDocuments_Again_EqualsTheCommittedFilesByteForByteAndNothingElseIsThere()
    {
        var documents = SampleGenerator.GenerateDocuments();
        foreach (var (path, content) in documents)
            Assert.True(content.AsSpan().SequenceEqual(File.ReadAllBytes(TestPaths.Repository("samples", path))), $"{path} differs; run dotnet run --project samples/Generator");
        Assert.Equal(documents.Keys, Directory.EnumerateFiles(TestPaths.Repository("samples", "documents")).Select(path => $"documents/{Path.GetFileName(path)}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Rulebook_CommittedFolder_HoldsNothingElse()
    {
        var samples = TestPaths.Repository("samples");
        var committed = Directory.EnumerateFiles(Path.Combine(samples, "rulebook"), "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(samples, path).Replace('\\', '/'));
        Assert.Equal(SampleText.Files.Keys.Where(path => path != SampleGenerator.Exam).Order(StringComparer.Ordinal), committed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Rulebook_Articles_AreNumberedThroughWithin150To300()
    {
        var numbers = SampleText.Files.Where(file => file.Key.StartsWith("rulebook/규정/", StringComparison.Ordinal))
            .SelectMany(file => ArticleHeading().Matches(file.Value)).Select(match => int.Parse(match.Groups[1].Value)).ToArray();
        Assert.Equal(Enumerable.Range(1, numbers.Length), numbers);
        Assert.InRange(numbers.Length, 150, 300);
    }

    [Fact]
    public void Rulebook_Size_StaysUnderThreeMegabytes() =>
        Assert.True(SampleText.Files.Values.Sum(Encoding.UTF8.GetByteCount) < 3_000_000);

    [Fact]
    public void Rulebook_NoTemplateMarkIsLeft_AndNoLineEndsInBlanks()
    {
        foreach (var (path, text) in SampleText.Files)
        {
            if (path.EndsWith(".md", StringComparison.Ordinal)) Assert.DoesNotMatch(@"\{n\}|\{v\}|\[[가-힣]+/[가-힣]+\]| \n|\r", text);
            Assert.True(text.IsNormalized(NormalizationForm.FormC));
        }
    }

    [Fact]
    public void Subjects_Names_AreUniqueAndNoneContainsAnother()
    {
        var names = new Rulebook().Parts.SelectMany(part => part.Subjects).ToArray();
        foreach (var name in names) Assert.Single(names, other => other.Contains(name, StringComparison.Ordinal));
    }

    [Fact]
    public void Facts_EachStandsInSeveralKindsOfDocument()
    {
        foreach (var fact in new Rulebook().Facts)
        {
            foreach (var kind in new[] { "규정", "안내", "공지", "질의응답" })
                Assert.Contains(SampleText.Files, file => file.Key.StartsWith($"rulebook/{kind}/", StringComparison.Ordinal) && States(file.Value, fact));
        }
    }

    private static bool States(string text, Fact fact) =>
        text.Contains(fact.Subject, StringComparison.Ordinal) && text.Contains(fact.Value, StringComparison.Ordinal);

    [GeneratedRegex(@"^##### 제(\d+)조 \(.+\)$", RegexOptions.Multiline)]
    private static partial Regex ArticleHeading();
}

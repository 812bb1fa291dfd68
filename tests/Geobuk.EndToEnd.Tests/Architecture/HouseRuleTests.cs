using System.Text.RegularExpressions;

namespace Geobuk.EndToEnd.Tests.Architecture;

/// <summary>Rules of the house that a machine can check.</summary>
public sealed partial class HouseRuleTests
{
    private const int LongestFile = 500;

    [Fact]
    public void Files_OfTheSource_AreShortEnoughToRead() =>
        Sources.AssertNone(Sources.Code.Select(file => (file.Key, Lines: file.Value.Count(c => c == '\n'))).Where(file => file.Lines > LongestFile).Select(file => $"{file.Key} has {file.Lines} lines; at most {LongestFile}"));

    [Fact]
    public void Median_OfTheFiles_StaysSmall()
    {
        var lines = Sources.Code.Values.Select(text => text.Count(c => c == '\n')).Order().ToArray();

        Assert.InRange(lines[lines.Length / 2], 1, 80);
    }

    [Fact]
    public void Files_HoldOnePublicTypeEach() =>
        Sources.AssertNone(Sources.Code.Where(file => PublicType().Count(file.Value) > 1).Select(file => $"{file.Key} has more than one public type"));

    [Theory]
    [InlineData(@"^\s*#region", "regions hide size")]
    [InlineData(@"//.*\bTODO\b", "what is to be done belongs in an issue")]
    [InlineData(@"\b(?:class|record|struct|interface) \w+(?:Manager|Helper|Helpers|Util|Utils|Impl)\b", "the name says nothing")]
    [InlineData(@"\bnew NotImplementedException\b", "a stub is not a feature")]
    [InlineData(@"NormalizationForm\.FormKC", "NFKC destroys Korean legal text")]
    public void Source_NeverContains(string pattern, string reason) =>
        Sources.AssertNone(Sources.Code.Where(file => Regex.IsMatch(file.Value, pattern, RegexOptions.Multiline)).Select(file => $"{file.Key}: {reason}"));

    [GeneratedRegex(@"^public (?:(?:static|sealed|abstract|readonly|partial|unsafe|ref) )*(?:class|record|struct|interface|enum|delegate) ", RegexOptions.Multiline)]
    private static partial Regex PublicType();
}

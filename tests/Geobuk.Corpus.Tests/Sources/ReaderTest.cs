using System.Text;
using Geobuk.Corpus.Sources;

namespace Geobuk.Corpus.Tests.Sources;

/// <summary>What tests of readers share: a folder, and reading what was written into it.</summary>
public abstract class ReaderTest : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose()
    {
        Directory.Delete(_folder, true);
        GC.SuppressFinalize(this);
    }

    protected List<SourceDocument> ReadAll(string name, byte[] bytes)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, bytes);
        return [.. DocumentReaders.Read(path)];
    }

    protected SourceDocument Read(string name, byte[] bytes) => Assert.Single(ReadAll(name, bytes));

    protected SourceDocument Read(string name, string text) => Read(name, Encoding.UTF8.GetBytes(text));

    protected RefusedDocumentException Refused(string name, byte[] bytes)
    {
        var refusal = Assert.Throws<RefusedDocumentException>(() => ReadAll(name, bytes));
        Assert.Contains("; expected ", refusal.Message);
        return refusal;
    }

    protected static string Bare(string text) => new([.. text.Where(c => !char.IsWhiteSpace(c))]);
}

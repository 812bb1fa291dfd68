namespace Geobuk.Corpus.Sources;

/// <summary>Paths of a document with headings: root, the headings above, the number of the block below them.</summary>
internal sealed class BlockPaths
{
    private const int Levels = 9;
    private readonly string?[] _headings = new string?[Levels];
    private readonly string _root;
    private string _path;
    private int _count;

    public BlockPaths(string root) => _root = _path = root;

    /// <summary>Opens a heading of level 1 to 9 and gives its path.</summary>
    public string Heading(int level, string text)
    {
        level = Math.Clamp(level, 1, Levels);
        _headings[level - 1] = text;
        Array.Clear(_headings, level, Levels - level);
        _count = 0;
        return _path = string.Join('/', _headings.Where(heading => heading is not null).Prepend(_root));
    }

    /// <summary>The path of the next block.</summary>
    public string Next() => $"{_path}/{++_count}";
}

using System.Text.Json;

namespace Geobuk.Corpus.Connectors;

/// <summary>Rows of a table that is still being fetched: a line for each page, first how many rows the whole table has.</summary>
internal sealed class RowsOnDisk
{
    private readonly string _path;
    private readonly List<string> _pages = [];

    public RowsOnDisk(string path)
    {
        _path = path;
        if (!File.Exists(path)) return;
        foreach (var line in File.ReadLines(path))
        {
            // A crash may have cut the last page short.
            if (Parse(line) is not { } page) break;
            _pages.Add(line);
            Total = page.Total;
            Count += page.Rows.Count;
        }
        IsResumed = _pages.Count > 0;
        File.WriteAllLines(path, _pages);
    }

    public int Count { get; private set; }

    /// <summary>Rows of the whole table when the first page came.</summary>
    public int? Total { get; private set; }

    /// <summary>Whether an earlier run left pages.</summary>
    public bool IsResumed { get; private set; }

    public void Append(List<JsonElement> rows, int total)
    {
        var line = JsonSerializer.Serialize(new Page(total, rows));
        File.AppendAllText(_path, line + "\n");
        _pages.Add(line);
        Count += rows.Count;
        Total ??= total;
    }

    public IEnumerable<JsonElement> Rows() => _pages.SelectMany(line => Parse(line)!.Rows);

    public void Clear()
    {
        _pages.Clear();
        (Count, Total, IsResumed) = (0, null, false);
        File.Delete(_path);
    }

    public void Delete() => File.Delete(_path);

    private static Page? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<Page>(line);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record Page(int Total, List<JsonElement> Rows);
}

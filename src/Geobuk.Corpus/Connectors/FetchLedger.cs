using System.Text.Json;

namespace Geobuk.Corpus.Connectors;

/// <summary>
/// Which version of which item lies in a folder: the hidden file .fetched.jsonl, a line for each item after its file was written.
/// An interrupted fetch goes on from there; a line that a crash has cut short is left out, and its item fetched again.
/// </summary>
internal sealed class FetchLedger
{
    public const string FileName = ".fetched.jsonl";
    private readonly string _folder;
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    public FetchLedger(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
        if (!File.Exists(LedgerPath)) return;
        var text = File.ReadAllText(LedgerPath);
        foreach (var line in text.Split('\n'))
            if (Parse(line) is { } entry) _entries[entry.Id] = entry;
        if (text.Length > 0 && !text.EndsWith('\n')) File.AppendAllText(LedgerPath, "\n");
    }

    public IEnumerable<string> Ids => _entries.Keys;

    private string LedgerPath => Path.Combine(_folder, FileName);

    /// <summary>Whether the item's file is there in this version.</summary>
    public bool Has(string id, string version) =>
        _entries.TryGetValue(id, out var entry) && entry.Version == version && File.Exists(Path.Combine(_folder, entry.File));

    public void Record(string id, string version, string file)
    {
        _entries[id] = new Entry(id, version, file);
        using var stream = new FileStream(LedgerPath, FileMode.Append, FileAccess.Write, FileShare.Read);
        stream.Write(System.Text.Encoding.UTF8.GetBytes(JsonSerializer.Serialize(_entries[id]) + "\n"));
        stream.Flush(flushToDisk: true);
    }

    private static Entry? Parse(string line)
    {
        try
        {
            return line.Length == 0 ? null : JsonSerializer.Deserialize<Entry>(line);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record Entry(string Id, string Version, string File);
}

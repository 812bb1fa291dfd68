namespace Geobuk.Models;

/// <summary>Files of text in folders that a user names instead of one file.</summary>
public static class TextFiles
{
    /// <summary>Text files (.txt, .md) and documents as JSON lines (.jsonl) anywhere below a folder, in the order of their paths.</summary>
    public static IEnumerable<string> Below(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => Path.GetExtension(file) is ".txt" or ".md" or ".jsonl").Order(StringComparer.Ordinal);
}

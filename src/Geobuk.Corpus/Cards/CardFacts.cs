using System.Security.Cryptography;

namespace Geobuk.Corpus.Cards;

/// <summary>What all cards of a corpus are written from.</summary>
/// <param name="Name">The corpus' name.</param>
/// <param name="Report">corpus.json.</param>
/// <param name="Files">The corpus' files but for the cards.</param>
/// <param name="Created">When it was made, UTC.</param>
/// <param name="Tool">Name and version of the program.</param>
public sealed record CardFacts(string Name, CorpusReport Report, IReadOnlyList<CardFile> Files, DateTime Created, string Tool)
{
    /// <summary>Reads a corpus folder.</summary>
    public static CardFacts Of(string folder, string name, DateTime created, string tool)
    {
        var report = CorpusReport.Load(Path.Combine(folder, "corpus.json"));
        var files = Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path)!)
            .Where(file => !CorpusCards.Names.Contains(file) && Path.GetExtension(file) is ".bin" or ".jsonl" or ".json" && file != "manifest.json")
            .Order(StringComparer.Ordinal).Select(file => FileOf(Path.Combine(folder, file)));
        return new CardFacts(name, report, [.. files], created, tool);
    }

    /// <summary>A name for the corpus that is its content's.</summary>
    public string Urn => $"urn:geobuk:corpus:{Report.MerkleRoot}";

    /// <summary>Creation time as standards write it.</summary>
    public string CreatedText => Created.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>What was done to the documents, in English sentences.</summary>
    public static IReadOnlyList<string> Preprocessing =>
    [
        "Documents are decoded, composed to NFC without touching compatibility characters, and laid out as plain text.",
        "Documents with security markings, without a known basis for their use, or that cannot be read are quarantined.",
        "Personal data is masked by placeholders that name its kind.",
        "Repeated texts are dropped; documents are tokenised and written in the order of their hashes.",
    ];

    /// <summary>How personal data was masked, one line for each kind that was found.</summary>
    public IReadOnlyList<string> Masked => [.. Report.Redactions.Select(redaction => $"{redaction.Key}: {redaction.Value} replaced by a placeholder")];

    private static CardFile FileOf(string path)
    {
        using var stream = File.OpenRead(path);
        return new CardFile(Path.GetFileName(path), stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream)));
    }
}

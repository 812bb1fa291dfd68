namespace Geobuk.Corpus.Cards;

/// <summary>A file of a corpus folder.</summary>
/// <param name="Name">Its name there.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">SHA-256 of its content, 64 hexadecimal digits.</param>
public sealed record CardFile(string Name, long Bytes, string Sha256)
{
    /// <summary>Media type by extension.</summary>
    public string MediaType => Path.GetExtension(Name) switch
    {
        ".jsonl" => "application/jsonlines",
        ".json" => "application/json",
        _ => "application/octet-stream",
    };
}

using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Geobuk.Models;
using Geobuk.Models.Tokenization;

namespace Geobuk.Compression.Calibration;

/// <summary>
/// The text that a model is measured on while it is made smaller: a text file, a .jsonl of documents with a field "text", or a folder
/// of such files. Documents are joined with the end token and cut into sequences.
/// </summary>
public sealed class CalibrationText
{
    private const int FewTokens = 10_000;
    private const double ClearlyKorean = 0.2;

    private CalibrationText(string name, IReadOnlyList<int[]> sequences, long tokens, IReadOnlyList<string> warnings) =>
        (Name, Sequences, Tokens, Warnings) = (name, sequences, tokens, warnings);

    /// <summary>Name of the file or folder.</summary>
    public string Name { get; }
    /// <summary>Sequences of one length, a shorter rest left out unless it is all there is.</summary>
    public IReadOnlyList<int[]> Sequences { get; }
    /// <summary>Tokens of all sequences.</summary>
    public long Tokens { get; }
    /// <summary>Name, tokens, and the digest of their ids.</summary>
    public CalibrationIdentity Identity
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var sequence in Sequences) hash.AppendData(MemoryMarshal.AsBytes(sequence.AsSpan()));
            return new CalibrationIdentity(Name, Tokens, Convert.ToHexStringLower(hash.GetHashAndReset()));
        }
    }

    /// <summary>What makes the text a poor measure, each with its figure.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Reads a text.</summary>
    /// <param name="path">A file or folder.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="length">Tokens of a sequence.</param>
    /// <param name="most">Tokens at most, spread evenly over the text; null reads all.</param>
    /// <exception cref="UserInputException">There is no text, or it is no UTF-8.</exception>
    public static CalibrationText Read(string path, Tokenizer tokenizer, int length, long? most = null)
    {
        var documents = Documents(path).Where(text => text.Length > 0).ToList();
        var ids = new List<int>();
        foreach (var document in documents)
        {
            ids.AddRange(tokenizer.Encode(document));
            if (tokenizer.EosTokenId is { } end) ids.Add(end);
        }
        if (documents.Count == 0 || ids.Count < 2) throw new UserInputException($"{path}: there is no text in it; expected some of the kind that the model will work on. Some 100,000 tokens are usual.");
        var sequences = ids.Count < length ? [ids.ToArray()] : Enumerable.Range(0, ids.Count / length).Select(i => ids.GetRange(i * length, length).ToArray()).ToList();
        if (most is { } limit && sequences.Count > limit / length)
        {
            var kept = (int)Math.Max(1, limit / length);
            sequences = [.. Enumerable.Range(0, kept).Select(i => sequences[(int)((long)i * sequences.Count / kept)])];
        }
        var tokens = sequences.Sum(sequence => (long)sequence.Length);
        return new CalibrationText(Path.GetFileName(Path.TrimEndingDirectorySeparator(path)), sequences, tokens, [.. Judge(path, documents, tokens, tokenizer)]);
    }

    private static IEnumerable<string> Judge(string path, List<string> documents, long tokens, Tokenizer tokenizer)
    {
        if (tokens < FewTokens)
            yield return $"{path}: {tokens:N0} tokens; expected {FewTokens:N0} or more. Statistics of so few say little: add text.";
        var inText = HangulShare(documents);
        var inVocabulary = HangulShare(Enumerable.Range(0, tokenizer.VocabularySize).Select(id => tokenizer.Decode([id])));
        if (inVocabulary > ClearlyKorean && inText < ClearlyKorean / 2)
            yield return $"{path}: {inText:P0} of its letters are Hangul, of the model's vocabulary {inVocabulary:P0}; expected text of the language that the model works in. What matters for another language is kept instead.";
        else if (inVocabulary < ClearlyKorean / 4 && inText > 0.5)
            yield return $"{path}: {inText:P0} of its letters are Hangul, of the model's vocabulary {inVocabulary:P0}; expected text of the language that the model works in. What matters for another language is kept instead.";
    }

    private static double HangulShare(IEnumerable<string> texts)
    {
        var (hangul, letters) = (0L, 0L);
        foreach (var letter in texts.SelectMany(text => text).Where(char.IsLetter))
        {
            letters++;
            if (letter is >= '가' and <= '힣' or >= 'ㄱ' and <= 'ㆎ' or >= 'ᄀ' and <= 'ᇿ') hangul++;
        }
        return letters == 0 ? 0 : (double)hangul / letters;
    }

    private static IEnumerable<string> Documents(string path)
    {
        if (Directory.Exists(path)) return TextFiles.Below(path).SelectMany(Documents);
        if (!File.Exists(path)) throw new UserInputException($"{path}: no such file; expected a text file, a .jsonl of documents, or a folder of them. Check the path.");
        string text;
        try
        {
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(File.ReadAllBytes(path));
        }
        catch (DecoderFallbackException fault)
        {
            throw new UserInputException($"{path}: is no UTF-8 ({fault.Message}); expected a text file. Convert it first.", fault);
        }
        return Path.GetExtension(path) == ".jsonl" ? text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select((line, i) => Field(path, i, line)) : [text];
    }

    private static string Field(string path, int line, string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.TryGetProperty("text", out var text)) return text.GetString() ?? "";
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw new UserInputException($"{path}:{line + 1}: is no JSON object ({fault.Message}); expected {{\"text\": …}}. Correct the line.", fault);
        }
        throw new UserInputException($"{path}:{line + 1}: there is no field text; expected {{\"text\": …}}. Correct the line.");
    }
}

using System.Text;
using Geobuk.Models.Tokenization;

namespace Geobuk.Evaluation.Metrics;

/// <summary>
/// A document as the model reads it: the tokens that the tokenizer puts before every text (none for most), then the
/// text's own. Training restarts each document without a token before it, so without a leading token the first token
/// is context only: neither its loss nor its bytes count.
/// </summary>
internal sealed record DocumentTokens(string Id, int[] Tokens, int FirstScored, long ScoredBytes)
{
    public int ScoredTokens => Math.Max(0, Tokens.Length - FirstScored);

    public static DocumentTokens Encode(Tokenizer tokenizer, EvaluationDocument document)
    {
        var lead = Lead(tokenizer);
        var own = tokenizer.Encode(document.Text, parseSpecialTokens: false);
        var first = Math.Max(1, lead.Length);
        long bytes = Encoding.UTF8.GetByteCount(document.Text);
        if (lead.Length == 0 && own.Length > 0) bytes -= tokenizer.DecodeBytes(own[0]).Length;
        return new DocumentTokens(document.Id, [.. lead, .. own], first, bytes);
    }

    /// <summary>What the tokenizer itself puts before a text; a token that it would put after one is left out.</summary>
    public static int[] Lead(Tokenizer tokenizer)
    {
        // A text of one token shows on which side of it the special tokens stand.
        var own = tokenizer.Encode("a");
        var framed = tokenizer.Encode("a", addSpecialTokens: true);
        for (var i = 0; i + own.Length <= framed.Length; i++)
            if (framed.AsSpan(i, own.Length).SequenceEqual(own)) return framed[..i];
        return [];
    }
}

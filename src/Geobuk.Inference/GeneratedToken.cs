using System.Diagnostics;
using Geobuk.Inference.Sampling;

namespace Geobuk.Inference;

/// <summary>One step of a streamed generation.</summary>
/// <param name="Id">The chosen token; a stop token where one ended the generation.</param>
/// <param name="Text">
/// Text that became certain with this token: empty while a character is incomplete or a stop string may be beginning. The
/// concatenation over the stream is the answer; it never holds a part of a stop string or the text of a stop token.
/// </param>
/// <param name="LogProb">Natural logarithm of the token's probability under the unmodified model.</param>
/// <param name="Top">The likeliest tokens under the unmodified model, if asked for.</param>
/// <param name="Finish">Set on the last token only.</param>
public sealed record GeneratedToken(int Id, string Text, float LogProb, IReadOnlyList<TokenLogProb>? Top, FinishReason? Finish)
{
    /// <summary>When the engine chose it, by <see cref="Stopwatch.GetTimestamp"/>: a reader may be late and find several at once.</summary>
    public long Timestamp { get; init; } = Stopwatch.GetTimestamp();
}

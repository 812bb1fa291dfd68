namespace Geobuk.Corpus.Normalization;

/// <summary>
/// Composes conjoining jamo into modern syllables: S = 0xAC00 + (L * 21 + V) * 28 + T (Unicode, section 3.12).
/// Old Hangul is left as it stands: a cluster with any jamo outside the modern set is not touched, not even its modern part,
/// so that one syllable block never ends up half composed.
/// </summary>
internal static class HangulComposition
{
    private const int SyllableBase = 0xAC00, SyllableCount = 11172, VowelCount = 21, FinalCount = 28;

    /// <summary>Composes the cluster that starts at <paramref name="index"/>; returns the characters consumed, 0 where there is nothing to compose.</summary>
    public static int TryCompose(ReadOnlySpan<char> text, int index, out char syllable)
    {
        syllable = '\0';
        var first = text[index];
        if (first is >= '\u1100' and <= '\u1112') return ComposeInitial(text, index, out syllable);
        var offset = first - SyllableBase;
        var openSyllable = offset is >= 0 and < SyllableCount && offset % FinalCount == 0;
        if (!openSyllable || !IsFinal(At(text, index + 1)) || IsConjoining(At(text, index + 2))) return 0;
        syllable = (char)(first + (text[index + 1] - '\u11A7'));
        return 2;
    }

    private static int ComposeInitial(ReadOnlySpan<char> text, int index, out char syllable)
    {
        syllable = '\0';
        if (IsInitial(At(text, index - 1)) || At(text, index + 1) is not (>= '\u1161' and <= '\u1175')) return 0;
        var open = SyllableBase + ((text[index] - '\u1100') * VowelCount + (text[index + 1] - '\u1161')) * FinalCount;
        var next = At(text, index + 2);
        var closed = IsFinal(next);
        if (IsConjoining(closed ? At(text, index + 3) : next)) return 0;
        syllable = (char)(closed ? open + (next - '\u11A7') : open);
        return closed ? 3 : 2;
    }

    private static char At(ReadOnlySpan<char> text, int index) => index >= 0 && index < text.Length ? text[index] : '\0';

    private static bool IsFinal(char c) => c is >= '\u11A8' and <= '\u11C2';

    private static bool IsInitial(char c) => c is (>= '\u1100' and <= '\u115F') or (>= '\uA960' and <= '\uA97C');

    // A vowel or final that would belong to the same block, old ones included; a following initial starts a new block.
    private static bool IsConjoining(char c) => c is (>= '\u1160' and <= '\u11FF') or (>= '\uD7B0' and <= '\uD7FB');
}

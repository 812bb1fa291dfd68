namespace Geobuk.Corpus;

/// <summary>Hashes of a text's windows of one length, from left to right: a polynomial rolls over the characters (Karp and Rabin 1987) and is mixed at the end.</summary>
/// <param name="text">Text, at least as long as a window.</param>
/// <param name="length">Characters in a window.</param>
internal ref struct RollingHash(ReadOnlySpan<char> text, int length)
{
    private const ulong Base = 0x9E3779B97F4A7C15UL;
    private readonly ReadOnlySpan<char> _text = text;
    private readonly ulong _first = Power(length - 1);
    private ulong _hash;
    private int _end;

    /// <summary>The next window's hash; as many as there are windows.</summary>
    public ulong Next()
    {
        unchecked
        {
            if (_end == 0)
                for (; _end < length; _end++) _hash = _hash * Base + _text[_end];
            else
            {
                _hash = (_hash - _text[_end - length] * _first) * Base + _text[_end];
                _end++;
            }
            var mixed = (_hash ^ _hash >> 32) * 0xD6E8FEB86659FD93UL;
            return mixed ^ mixed >> 32;
        }
    }

    private static ulong Power(int exponent)
    {
        var power = 1UL;
        for (var i = 0; i < exponent; i++) power = unchecked(power * Base);
        return power;
    }
}

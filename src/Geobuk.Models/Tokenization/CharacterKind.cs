namespace Geobuk.Models.Tokenization;

/// <summary>The four kinds of character that GPT-2-like splitters tell apart.</summary>
internal enum CharacterKind : byte
{
    /// <summary>Punctuation, symbols, marks, controls, unassigned.</summary>
    Other,
    /// <summary>Unicode category L.</summary>
    Letter,
    /// <summary>Unicode category N: digits, letter-like and other numbers.</summary>
    Number,
    /// <summary>Unicode property White_Space.</summary>
    Space,
}

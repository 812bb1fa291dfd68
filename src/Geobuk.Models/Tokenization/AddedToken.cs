namespace Geobuk.Models.Tokenization;

/// <summary>A token that is cut out of the text before BPE sees it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
/// <param name="Special">Left out of decoded text, and not parsed out of untrusted text.</param>
/// <param name="SingleWord">Matches only where no letter, digit or underscore touches it.</param>
/// <param name="StripLeft">Swallows white space before it.</param>
/// <param name="StripRight">Swallows white space after it.</param>
/// <param name="Normalized">Is looked for in the normalised text.</param>
internal sealed record AddedToken(int Id, string Content, bool Special, bool SingleWord = false, bool StripLeft = false, bool StripRight = false, bool Normalized = false);

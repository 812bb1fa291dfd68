using System.Text.RegularExpressions;
using Geobuk.Corpus.Sources;

namespace Geobuk.Corpus.Screening;

/// <summary>
/// Banners, portion marks and designation blocks of the United States and of NATO (32 CFR 2001.20 to 2001.24, 32 CFR 2002.20).
/// A single-letter portion mark counts only beside (U): contracts number their paragraphs (a) to (Z) too.
/// </summary>
internal sealed partial class EnglishMarkings
{
    private const RegexOptions Options = RegexOptions.CultureInvariant;
    private const string Class = @"(?:COSMIC TOP SECRET|NATO SECRET|NATO CONFIDENTIAL|NATO RESTRICTED|TOP SECRET|SECRET|CONFIDENTIAL|RESTRICTED)";
    private bool _letters, _unclassified, _enumeration;

    /// <summary>Portion marks of single letters, beside unclassified portions.</summary>
    public bool HasPortions => _letters && _unclassified && !_enumeration;

    /// <summary>The marking in a line; null where there is none.</summary>
    public (int Index, int Length)? Find(string line, BlockZone zone)
    {
        // Every form has a capital letter.
        if (line.AsSpan().IndexOfAnyInRange('A', 'Z') < 0) return null;
        if (SingleLetter().Match(line) is { Success: true } letter)
        {
            _letters |= letter.Value.Contains('S', StringComparison.Ordinal) || letter.Value.Contains('C', StringComparison.Ordinal);
            _unclassified |= letter.Value.Contains('U', StringComparison.Ordinal);
            _enumeration |= letter.Value.Contains('T', StringComparison.Ordinal);
        }
        if (Banner().Match(line) is { Success: true } banner) return (banner.Groups["m"].Index, banner.Groups["m"].Length);
        if (Marked().Match(line) is { Success: true } marked) return (marked.Groups["m"].Index, marked.Groups["m"].Length);
        if (zone != BlockZone.Body && Word().Match(line) is { Success: true } word) return (word.Index, word.Length);
        return null;
    }

    [GeneratedRegex(@"^\s*\((?:S|C|U|T)\)\s", Options)]
    private static partial Regex SingleLetter();

    [GeneratedRegex($@"^[\W_\d]*(?<m>(?:{Class}|CUI|CONTROLLED UNCLASSIFIED INFORMATION|CONTROLLED|FOUO|FOR OFFICIAL USE ONLY|S\s+E\s+C\s+R\s+E\s+T|UNCLASSIFIED\s*/\s*/\s*(?:FOUO|FOR OFFICIAL USE ONLY))(?:\s*/{{1,2}}\s*[A-Z][A-Z0-9 ,/\-]*)?)[\W_\d]*$", Options)]
    private static partial Regex Banner();

    [GeneratedRegex($@"(?<![""'“‘A-Za-z])(?<m>(?:{Class}|CUI|CONTROLLED|UNCLASSIFIED)\s?//\s?(?:NOFORN|REL TO|ORCON|SI|TK|HCS|FOUO|SP-|NF|FGI|RELIDO|PROPIN|IMCON|FISA|RSEN|EYES|LIMDIS|NODIS|EXDIS|[A-Z]{{2,6}})[A-Z0-9 ,/\-]*|\((?:TS|S|C|U|CUI|R|NS|NC)//[A-Z][A-Z0-9 ,/\-]*\)|^\s*\((?:TS|CUI|FOUO|S-NF|NS|NC)\)\s|^\s*(?:CUI Category|Limited Dissemination Control|Classified [Bb]y|CLASSIFIED BY|Derived [Ff]rom|DERIVED FROM|Declassify [Oo]n|DECLASSIFY ON)\s*:\s*\S.*|^\s*DISTRIBUTION STATEMENT [B-F]\b)", Options)]
    private static partial Regex Marked();

    [GeneratedRegex(@"\b(?:TOP SECRET|SECRET|CONFIDENTIAL|NOFORN|CUI|FOUO|FOR OFFICIAL USE ONLY)\b", Options)]
    private static partial Regex Word();
}

using System.Text;
using Geobuk.Corpus.Selection;

namespace Geobuk.Corpus.Duplicates;

/// <summary>
/// How two documents of similar text are related. Similarity alone cannot tell a copy from an amendment: one changed number makes another
/// law. So what statutes say of themselves decides, and where they say nothing, they are kept.
/// </summary>
internal sealed record Kinship(string Relation, bool IsRedundant, string Reason)
{
    // Written between words in statutes, where others write U+00B7; a letter only by its Unicode category.
    private const char MiddleDot = '\u318D';

    public const string Copy = "copy", Version = "version", Sister = "sister", Similar = "similar";

    /// <summary>Relation of <paramref name="a"/> and <paramref name="b"/>; <paramref name="sameLetters"/> is asked only where nothing else decides.</summary>
    public static Kinship Of(DocumentEntry a, DocumentEntry b, Func<bool> sameLetters)
    {
        if (!a.IsStatute || !b.IsStatute) return new Kinship(Similar, true, "not statutes");
        var (one, other) = (a.Law?.LawId, b.Law?.LawId);
        if (one is not null && other is not null && one != other) return new Kinship(Sister, false, $"laws {one} and {other}");
        if (one is null || other is null)
        {
            var (name, otherName) = (Name(a), Name(b));
            if (name != otherName) return new Kinship(Sister, false, $"regulations {name} and {otherName}");
        }
        else if (a.Law!.VersionId is { } version && b.Law!.VersionId is { } otherVersion)
        {
            return version == otherVersion
                ? new Kinship(Copy, true, $"version {version} of law {one} twice")
                : new Kinship(Version, false, $"versions {version} and {otherVersion} of law {one}");
        }
        if (a.Dates is { Promulgated: not null } dates && b.Dates is { Promulgated: not null } otherDates)
        {
            return dates == otherDates
                ? new Kinship(Copy, true, $"the same regulation of {dates.Promulgated:yyyy-MM-dd} twice")
                : new Kinship(Version, false, $"versions of {Shown(dates)} and {Shown(otherDates)}");
        }
        return sameLetters()
            ? new Kinship(Copy, true, "the same letters and digits")
            : new Kinship(Version, false, "the same name without dates; other letters or digits");

        static string Shown(Sources.DocumentDates dates) => dates.Effective is { } effective ? $"{dates.Promulgated:yyyy-MM-dd}, in force {effective:yyyy-MM-dd}" : $"{dates.Promulgated:yyyy-MM-dd}";
    }

    /// <summary>Letters and digits of a text; what is left where layout, marks and white space are taken away.</summary>
    public static string Letters(string text)
    {
        var letters = new StringBuilder(text.Length);
        foreach (var c in text)
            if ((char.IsLetterOrDigit(c) && c != MiddleDot) || char.IsSurrogate(c)) letters.Append(c);
        return letters.ToString();
    }

    private static string Name(DocumentEntry entry) => Letters(entry.Title ?? "");
}

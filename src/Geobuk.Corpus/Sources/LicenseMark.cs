namespace Geobuk.Corpus.Sources;

/// <summary>What a file's own header says of its licence: that one is shown and what it forbids, not which type it is.</summary>
/// <param name="IsKogl">공공누리; false for another licence such as Creative Commons.</param>
/// <param name="ForbidsCopies">복제 제한.</param>
/// <param name="IsShareAlike">Copies are allowed under the same terms alone.</param>
public sealed record LicenseMark(bool IsKogl, bool ForbidsCopies, bool IsShareAlike)
{
    /// <summary>For reports.</summary>
    public override string ToString() => $"file header: {(IsKogl ? "공공누리" : "CCL")}{(ForbidsCopies ? ", copies forbidden" : IsShareAlike ? ", copies under the same terms" : "")}";
}

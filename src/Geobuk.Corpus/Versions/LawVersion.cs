namespace Geobuk.Corpus.Versions;

/// <summary>A dated version of a law.</summary>
/// <param name="Title">제목.</param>
/// <param name="LawId">법령ID.</param>
/// <param name="VersionId">법령MST.</param>
/// <param name="Number">공포번호.</param>
/// <param name="Promulgated">공포일자.</param>
/// <param name="Effective">시행일자.</param>
/// <param name="Revision">제개정구분, such as 일부개정; null where it is not known.</param>
public sealed record LawVersion(string Title, string LawId, string VersionId, string Number, DateOnly Promulgated, DateOnly Effective, string? Revision);

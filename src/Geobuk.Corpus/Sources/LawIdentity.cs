namespace Geobuk.Corpus.Sources;

/// <summary>Which law a document is, and which version of it. Documents with one <see cref="LawId"/> are versions, not duplicates.</summary>
/// <param name="LawId">법령ID, the same for every version.</param>
/// <param name="VersionId">법령MST (일련번호), one version.</param>
/// <param name="Number">공포번호.</param>
/// <param name="Revision">제개정구분, such as 일부개정.</param>
/// <param name="Ministries">소관부처.</param>
public sealed record LawIdentity(string? LawId, string? VersionId, string? Number, string? Revision, IReadOnlyList<string> Ministries);

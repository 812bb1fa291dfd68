namespace Geobuk.Corpus.Versions;

/// <summary>What an amendment did to one article.</summary>
/// <param name="Law">The law's title.</param>
/// <param name="LawId">법령ID, if it states one.</param>
/// <param name="Article">제5조의2, or 부칙 제17684호.</param>
/// <param name="Change">added, changed or removed; what only says 삭제 afterwards is removed.</param>
/// <param name="Before">Its text before; null where it was added.</param>
/// <param name="After">Its text after; null where it is gone.</param>
public sealed record ArticleChange(string Law, string? LawId, string Article, string Change, string? Before, string? After);

namespace Geobuk.Corpus.Synthesis;

/// <summary>An article in force, as its provisions.</summary>
/// <param name="Id">Where it stands, as in 병역법/제5조: what every derived text names as its source.</param>
/// <param name="Law">Title of the law.</param>
/// <param name="Number">제5조의2.</param>
/// <param name="Heading">병역의 종류; empty where the article has none.</param>
/// <param name="Provisions">Its clauses and items in order, without marks and amendment notes.</param>
public sealed record StatuteArticle(string Id, string Law, string Number, string Heading, IReadOnlyList<Provision> Provisions)
{
    /// <summary>제5조(병역의 종류).</summary>
    public string Name => Heading.Length == 0 ? Number : $"{Number}({Heading})";
}

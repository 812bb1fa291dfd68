namespace Geobuk.Corpus.Synthesis;

/// <summary>A fact that a provision states, with the words that state it.</summary>
/// <param name="Kind">Its form.</param>
/// <param name="Article">The article it stands in.</param>
/// <param name="Path">The provision, as in 병역법/제5조/①.</param>
/// <param name="Answer">What is asked for: the term, the deadline, the amount, the body, the law, the instrument.</param>
/// <param name="Context">The sentence around it, with <see cref="Gap"/> in the answer's place; of a definition, its meaning.</param>
public sealed record StatuteFact(FactKind Kind, StatuteArticle Article, string Path, string Answer, string Context)
{
    /// <summary>Stands for the answer in a context.</summary>
    public const string Gap = "○○";

    /// <summary>The sentence with its answer.</summary>
    public string Statement => Kind == FactKind.Definition ? $"\"{Answer}\"[이란/란] {Context}[을/를] 말한다." : Context.Replace(Gap, Answer, StringComparison.Ordinal);
}

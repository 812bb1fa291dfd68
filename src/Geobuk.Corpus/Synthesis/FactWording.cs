namespace Geobuk.Corpus.Synthesis;

/// <summary>Turns facts into questions and statements. The exam's questions are worded in forms that training text never uses.</summary>
internal static class FactWording
{
    private const int FirstSyllable = '가', LastSyllable = '힣', FinalsPerSyllable = 28;

    /// <summary>Questions of training text; several for each fact.</summary>
    public static IReadOnlyList<string> Questions(StatuteFact fact)
    {
        var (law, name) = (fact.Article.Law, fact.Article.Name);
        return fact.Kind switch
        {
            FactKind.Definition => [$"「{law}」에서 \"{fact.Answer}\"의 뜻은 무엇인가요?", $"\"{fact.Answer}\"[은/는] 「{law}」에서 어떻게 정의하나요?"],
            FactKind.Deadline => [$"「{law}」 {name}에서 정한 기한은 얼마인가요? {fact.Context}", $"다음 규정의 기간을 알려 주세요. {fact.Context}"],
            FactKind.Amount => [$"「{law}」 {name}에서 정한 금액은 얼마인가요? {fact.Context}", $"다음 규정의 금액을 알려 주세요. {fact.Context}"],
            FactKind.ResponsibleBody => [$"「{law}」 {name}에 따라 다음 일을 하는 기관은 어디인가요? {fact.Context}", $"누가 합니까? {fact.Context}"],
            FactKind.Citation => [$"「{law}」 {name}에서 따르는 법령은 무엇인가요? {fact.Context}", $"다음 규정이 가리키는 법령을 알려 주세요. {fact.Context}"],
            _ => [$"「{law}」 {name}에서 위임한 법령의 형식은 무엇인가요? {fact.Context}", $"다음 사항은 무엇으로 정하나요? {fact.Context}"],
        };
    }

    /// <summary>What a training question is answered with.</summary>
    public static string Reply(StatuteFact fact) => fact.Kind == FactKind.Definition ? $"{Fill(fact.Context + "[을/를]")} 말합니다." : fact.Answer;

    /// <summary>The same in running words.</summary>
    public static string Restatement(StatuteFact fact) => $"「{fact.Article.Law}」 {fact.Article.Name}에 따르면, {Fill(fact.Statement)}";

    /// <summary>The exam's question.</summary>
    public static string Exam(StatuteFact fact)
    {
        var (law, number) = (fact.Article.Law, fact.Article.Number);
        return fact.Kind switch
        {
            FactKind.Definition => $"「{law}」의 용어 가운데 '{fact.Context}'에 해당하는 것은?",
            FactKind.Deadline => $"「{law}」 {number}의 빈칸에 알맞은 기간은? '{fact.Context}'",
            FactKind.Amount => $"「{law}」 {number}의 빈칸에 알맞은 금액은? '{fact.Context}'",
            FactKind.ResponsibleBody => $"「{law}」 {number}의 주체로 알맞은 것은? '{fact.Context}'",
            FactKind.Citation => $"「{law}」 {number}의 빈칸에 들어갈 법령의 이름은? '{fact.Context}'",
            _ => $"「{law}」 {number}의 빈칸에 들어갈 하위 법령은? '{fact.Context}'",
        };
    }

    /// <summary>Chooses the particle of every [after a consonant/after a vowel] by the syllable before it.</summary>
    public static string Fill(string text)
    {
        for (int open; (open = text.IndexOf('[', StringComparison.Ordinal)) >= 0;)
        {
            var (slash, close) = (text.IndexOf('/', open), text.IndexOf(']', open));
            if (slash < 0 || close < slash) return text;
            var last = text[..open].TrimEnd('"', '\'', ')', '」').LastOrDefault();
            var hasFinal = last is >= (char)FirstSyllable and <= (char)LastSyllable && (last - FirstSyllable) % FinalsPerSyllable != 0;
            text = text[..open] + (hasFinal ? text[(open + 1)..slash] : text[(slash + 1)..close]) + text[(close + 1)..];
        }
        return text;
    }
}

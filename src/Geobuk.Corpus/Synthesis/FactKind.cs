namespace Geobuk.Corpus.Synthesis;

/// <summary>What a provision states in a form that can be found without understanding it.</summary>
public enum FactKind
{
    /// <summary>"용어"란 … 말한다.</summary>
    Definition,
    /// <summary>30일 이내, 14일 전까지.</summary>
    Deadline,
    /// <summary>3천만원 이하.</summary>
    Amount,
    /// <summary>국방부장관은 …하여야 한다.</summary>
    ResponsibleBody,
    /// <summary>「군인사법」에 따른.</summary>
    Citation,
    /// <summary>대통령령으로 정한다.</summary>
    Delegation,
}

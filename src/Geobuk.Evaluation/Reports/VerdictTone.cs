namespace Geobuk.Evaluation.Reports;

/// <summary>How a judgement looks; the word says the same, colour alone never does.</summary>
internal enum VerdictTone
{
    /// <summary>As hoped.</summary>
    Good,
    /// <summary>Undecided by the data.</summary>
    Open,
    /// <summary>Against the purpose.</summary>
    Bad,
}

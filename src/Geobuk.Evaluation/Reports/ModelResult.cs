namespace Geobuk.Evaluation.Reports;

/// <summary>What one model scored.</summary>
public sealed record ModelResult
{
    /// <summary>base, adapted or light.</summary>
    public required string Name { get; init; }
    /// <summary>Size of the weights on disk.</summary>
    public required long Bytes { get; init; }
    /// <summary>Number of weights.</summary>
    public required long Parameters { get; init; }
    /// <summary>Perplexity on held-out domain documents.</summary>
    public double? DomainPerplexity { get; init; }
    /// <summary>Perplexity on held-out general documents.</summary>
    public double? GeneralPerplexity { get; init; }
    /// <summary>Bits per UTF-8 byte of the domain documents; comparable between tokenizers.</summary>
    public double? BitsPerByte { get; init; }
    /// <summary>Bits per UTF-8 byte of the general documents.</summary>
    public double? GeneralBitsPerByte { get; init; }
    /// <summary>Exam score with its 95 % Wilson interval.</summary>
    public ExamScore? Exam { get; init; }
    /// <summary>Seconds from the file to a model that can answer.</summary>
    public required double LoadSeconds { get; init; }
    /// <summary>Prompt tokens per second.</summary>
    public required double PrefillTps { get; init; }
    /// <summary>Generated tokens per second of one sequence.</summary>
    public required double DecodeTps { get; init; }
    /// <summary>Instruction set and arithmetic that computed all of this.</summary>
    public required string Kernel { get; init; }
}

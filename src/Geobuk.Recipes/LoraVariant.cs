namespace Geobuk.Recipes;

/// <summary>Form of a low-rank update.</summary>
public enum LoraVariant
{
    /// <summary>W + alpha / rank * B A, arXiv:2106.09685.</summary>
    Lora,
    /// <summary>W + alpha / sqrt(rank) * B A, arXiv:2312.03732.</summary>
    Rslora,
    /// <summary>m (W + alpha / rank * B A) / |W + alpha / rank * B A| by rows, m learnt, arXiv:2402.09353.</summary>
    Dora,
}

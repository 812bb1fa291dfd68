namespace Geobuk.Recipes;

/// <summary>Low-rank adapters: W + alpha / rank * B A.</summary>
public sealed record LoraConfig
{
    /// <summary>Rank of the update.</summary>
    public int Rank { get; init; } = 16;
    /// <summary>Scale numerator.</summary>
    public double Alpha { get; init; } = 32;
    /// <summary>Dropout on the adapter's input.</summary>
    public double Dropout { get; init; }
    /// <summary>Names of the linear layers that get one.</summary>
    public IReadOnlyList<string> Targets { get; init; } = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];
}

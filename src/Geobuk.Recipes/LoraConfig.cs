namespace Geobuk.Recipes;

/// <summary>Low-rank adapters: W + alpha / rank * B A.</summary>
public sealed record LoraConfig
{
    /// <summary>Rank of the update.</summary>
    [RecipeKey(Minimum = 1, Maximum = 1024, Advice = "8 to 64 is usual.")]
    public int Rank { get; init; } = 16;
    /// <summary>Scale numerator.</summary>
    [RecipeKey(Minimum = 0, AboveMinimum = true, Maximum = 65_536, Advice = "One to two times the rank is usual.")]
    public double Alpha { get; init; } = 32;
    /// <summary>Dropout on the adapter's input.</summary>
    [RecipeKey(Minimum = 0, Maximum = 1, BelowMaximum = true, Advice = "0 to 0.1 is usual.")]
    public double Dropout { get; init; }
    /// <summary>Names of the linear layers that get one.</summary>
    [RecipeKey(MinimumItems = 1, Choices = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"])]
    public IReadOnlyList<string> Targets { get; init; } = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];
}

namespace Geobuk.Recipes;

/// <summary>Which weights learn.</summary>
public enum TrainMethod
{
    /// <summary>All of them.</summary>
    Full,
    /// <summary>Low-rank adapters, Hu et al. 2021, arXiv:2106.09685.</summary>
    Lora,
}

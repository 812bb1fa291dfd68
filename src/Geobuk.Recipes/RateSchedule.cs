namespace Geobuk.Recipes;

/// <summary>The learning rate between warm-up and end.</summary>
public enum RateSchedule
{
    /// <summary>Half a cosine from the peak to the last rate.</summary>
    Cosine,
    /// <summary>Warm-up, stable, decay: the peak is held, then falls in a straight line to the last rate.</summary>
    Wsd,
}

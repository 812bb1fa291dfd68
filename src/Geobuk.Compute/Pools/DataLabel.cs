namespace Geobuk.Compute.Pools;

/// <summary>How sensitive data is, after the three grades of Korea's national network security framework; a pool is accredited up to one of them.</summary>
public enum DataLabel
{
    /// <summary>Open to the public.</summary>
    Open,

    /// <summary>Not open, such as personal data.</summary>
    Sensitive,

    /// <summary>Classified.</summary>
    Classified,
}

namespace Geobuk.Compute.Wording;

/// <summary>What a <see cref="Statement"/> can be said in.</summary>
public enum Language
{
    /// <summary>As on the command line.</summary>
    English,

    /// <summary>As on the page.</summary>
    Korean,
}

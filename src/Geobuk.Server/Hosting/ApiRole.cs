namespace Geobuk.Server.Hosting;

/// <summary>What a key may do.</summary>
internal enum ApiRole
{
    /// <summary>Ask models.</summary>
    User,

    /// <summary>Read /metrics and nothing else.</summary>
    Metrics,

    /// <summary>Both.</summary>
    Admin,
}

namespace Geobuk.Server.Hosting;

/// <summary>Who asks, what they may do and how much.</summary>
/// <param name="Name">For the log and for fairness between users; never the key itself.</param>
/// <param name="Role">What they may do.</param>
internal sealed record ApiKey(string Name, ApiRole Role)
{
    /// <summary>Security labels: cached beginnings are shared among keys of the very same labels only.</summary>
    public string Labels { get; init; } = "";

    /// <summary>Requests a minute; null is unlimited.</summary>
    public int? RequestsPerMinute { get; init; }

    /// <summary>Tokens a minute, prompt and answer together; null is unlimited.</summary>
    public int? TokensPerMinute { get; init; }

    /// <summary>Requests at the same time; null is unlimited.</summary>
    public int? Concurrent { get; init; }

    /// <summary>What was used of it.</summary>
    public KeyBudget Budget => field ??= new KeyBudget(this, TimeProvider.System);

    /// <summary>A user of a server without keys: one per address.</summary>
    public static ApiKey Anonymous(string address) => new(address, ApiRole.Admin);
}

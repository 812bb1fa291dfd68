namespace Geobuk.Corpus.Connectors;

/// <summary>Whom to ask, as whom, and how patiently.</summary>
/// <param name="Address">The service, such as https://www.law.go.kr/DRF.</param>
/// <param name="KeyName">Name of the key among the parameters.</param>
/// <param name="Key">The key itself; it is shown nowhere.</param>
/// <param name="KeyVariable">Environment variable that it came from, for messages.</param>
public sealed record FetchOptions(Uri Address, string KeyName, string Key, string KeyVariable)
{
    /// <summary>The wait before the second attempt; each one after it is twice as long.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(2);
    /// <summary>Told why it waits.</summary>
    public Action<string>? Waiting { get; init; }
    /// <summary>Items at most that are fetched now; the rest next time. Null takes all.</summary>
    public int? Limit { get; init; }

    /// <summary>law.go.kr, with the key of the environment.</summary>
    public static FetchOptions Law(string key) => new(new Uri("https://www.law.go.kr/DRF"), "OC", key, LawKeyVariable);

    /// <summary>Where the key for law.go.kr is looked for.</summary>
    public const string LawKeyVariable = "GEOBUK_LAW_KEY";
    /// <summary>Where the key for data.go.kr is looked for.</summary>
    public const string DataKeyVariable = "GEOBUK_DATA_KEY";
}

namespace Geobuk.Server.Hosting;

/// <summary>A model of another server, as far as this one sees it.</summary>
internal sealed class UpstreamModel(string name)
{
    /// <summary>The name that clients ask for.</summary>
    public string Name { get; } = name;

    /// <summary>What its requests did.</summary>
    public ModelMetrics Metrics { get; } = new();

    /// <summary>The other server has answered under this name.</summary>
    public bool IsServed { get; set; }

    /// <summary>Requests that the other server works on; kept by <see cref="UpstreamModels"/>, as is the next.</summary>
    public int Running { get; set; }

    /// <summary>Requests that wait for a place.</summary>
    public int Waiting { get; set; }
}

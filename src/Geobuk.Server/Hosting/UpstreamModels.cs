namespace Geobuk.Server.Hosting;

/// <summary>
/// What another server does, by the names that its clients ask for. A name is told from the first answer on that the other server gave
/// under it: names that clients make up are none of its models.
/// </summary>
internal sealed class UpstreamModels
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, UpstreamModel> _models = new(StringComparer.Ordinal);

    /// <summary>A request waits for a place.</summary>
    public UpstreamModel Enter(string name)
    {
        lock (_lock)
        {
            if (!_models.TryGetValue(name, out var model)) _models[name] = model = new UpstreamModel(name);
            model.Waiting++;
            return model;
        }
    }

    /// <summary>It has a place.</summary>
    public void Begin(UpstreamModel model)
    {
        lock (_lock) (model.Waiting, model.Running) = (model.Waiting - 1, model.Running + 1);
    }

    /// <summary>It has gone.</summary>
    public void Leave(UpstreamModel model, bool isBegun)
    {
        lock (_lock)
        {
            if (isBegun) model.Running--;
            else model.Waiting--;
            if (!model.IsServed && model.Running + model.Waiting == 0) _models.Remove(model.Name);
        }
    }

    /// <summary>Writes the metrics of all models.</summary>
    public void Render(MetricsText text)
    {
        lock (_lock)
        {
            foreach (var model in _models.Values.Where(model => model.IsServed))
                model.Metrics.Render(text, ModelMetrics.Labels(model.Name), model.Running, model.Waiting);
        }
    }
}

using Geobuk.Models;

namespace Geobuk.Server.Hosting;

/// <summary>The served models by name, each with its gate.</summary>
internal sealed class ModelCatalog
{
    private readonly Dictionary<string, ServedModel> _models = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AdmissionGate> _gates = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ModelMetrics> _metrics = new(StringComparer.Ordinal);

    /// <summary>Takes the models into service; their owner disposes them after the server.</summary>
    /// <exception cref="UserInputException">No model, two of one name, or another server as well.</exception>
    public ModelCatalog(IReadOnlyList<ServedModel> models, ServerOptions options)
    {
        Check(models.Count, options);
        foreach (var model in models)
        {
            if (!_models.TryAdd(model.Id, model))
                throw new UserInputException($"serve: two models are named \"{model.Id}\"; expected different names. Rename one file or folder.");
            model.Engine.Parallel = options.Parallel;
            _metrics[model.Id] = new ModelMetrics();
            _gates[model.Id] = new AdmissionGate(model.Engine, options);
        }
        All = models;
    }

    /// <summary>Models are here or elsewhere.</summary>
    /// <exception cref="UserInputException">No model and no other server, or both.</exception>
    public static void Check(int models, ServerOptions options)
    {
        if (models == 0 && options.Upstream is null)
            throw new UserInputException("serve: no model; expected a GGUF file or a Hugging Face folder. Name at least one, or another server with --upstream.");
        if (models > 0 && options.Upstream is { } upstream)
            throw new UserInputException($"serve: {(models == 1 ? "a model" : $"{models} models")} and --upstream {upstream}; expected one or the other. Serve the models at another address, or leave them out.");
    }

    /// <summary>Every model in the order given.</summary>
    public IReadOnlyList<ServedModel> All { get; }

    /// <summary>Requests that compute now, over all models.</summary>
    public int Running => _gates.Values.Sum(gate => gate.Load().Running);

    /// <summary>Requests that wait now, over all models.</summary>
    public int Waiting => _gates.Values.Sum(gate => gate.Load().Waiting);

    /// <summary>The model of that name, or null.</summary>
    public ServedModel? Find(string id) => _models.GetValueOrDefault(id);

    /// <summary>The gate of a model of this catalog.</summary>
    public AdmissionGate GateOf(ServedModel model) => _gates[model.Id];

    /// <summary>The counts of a model of this catalog.</summary>
    public ModelMetrics MetricsOf(ServedModel model) => _metrics[model.Id];
}

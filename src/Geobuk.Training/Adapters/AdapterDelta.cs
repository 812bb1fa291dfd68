using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Adapters;

/// <summary>What an adapter folder changes, tensor by tensor, without a model in memory.</summary>
internal sealed class AdapterDelta : IDisposable
{
    private readonly SafetensorsFile _file;
    private readonly string _folder;
    private readonly HashSet<string> _used = [];

    /// <summary>The adapter of a base.</summary>
    /// <exception cref="UserInputException">It belongs to another base.</exception>
    public AdapterDelta(string baseFolder, string folder)
    {
        _folder = folder;
        Config = AdapterFolder.ReadConfig(folder);
        _file = AdapterFolder.OpenFor(baseFolder, folder);
    }

    /// <summary>Rank, scale and form.</summary>
    public LoraConfig Config { get; }

    /// <summary>The weight with the adapter minus the weight, fp32, in the caller's scope; null where the adapter leaves it alone.</summary>
    public Tensor? Of(string name, Tensor weight)
    {
        var module = AdapterFolder.Prefix + (name.EndsWith(".weight", StringComparison.Ordinal) ? name[..^".weight".Length] : name);
        if (Read(module + ".lora_embedding_A") is { } embeddingA && Read(module + ".lora_embedding_B") is { } embeddingB)
            return Fits(name, weight, matmul(embeddingB, embeddingA).t() * Config.Scale());
        if (Read(module + ".lora_A.weight") is not { } a || Read(module + ".lora_B.weight") is not { } b) return null;
        var delta = Fits(name, weight, matmul(b, a) * Config.Scale());
        if (Read(module + ".lora_magnitude_vector") is not { } magnitude) return delta;
        var sum = weight + delta;
        return sum * (magnitude / sum.norm(1, keepdim: false, p: 2f)).unsqueeze(1) - weight;
    }

    /// <summary>Refuses an adapter with tensors that no weight of the base took.</summary>
    public void RequireAllUsed()
    {
        var left = _file.Tensors.Keys.Where(name => !_used.Contains(name)).Order(StringComparer.Ordinal).ToList();
        if (left.Count > 0)
            throw new UserInputException($"{_folder}: {left.Count} tensors belong to no weight of the base, first {left[0]}; expected none left. The adapter was trained on another base model.");
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private Tensor Fits(string name, Tensor weight, Tensor delta) => delta.shape.SequenceEqual(weight.shape)
        ? delta
        : throw new UserInputException($"{_folder}: the adapter of {name} is for a weight of shape [{string.Join(", ", delta.shape)}]; expected [{string.Join(", ", weight.shape)}]. The adapter was trained on another base model.");

    private Tensor? Read(string key)
    {
        if (!_file.Tensors.TryGetValue(key, out var stored)) return null;
        _used.Add(key);
        var values = new float[stored.Elements];
        stored.DataType.ToSingle(_file.Bytes(stored), values);
        return tensor(values, [.. stored.Shape]);
    }
}

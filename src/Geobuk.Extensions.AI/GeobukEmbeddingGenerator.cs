using Geobuk.Inference;
using Geobuk.Models;
using Microsoft.Extensions.AI;

namespace Geobuk.Extensions.AI;

/// <summary>A model in this process as an <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/>; embeddings have length 1.</summary>
public sealed class GeobukEmbeddingGenerator : IEmbeddingGenerator<string, Embedding<float>>
{
    private readonly InferenceModel _model;
    private readonly Engine _engine;
    private readonly Pooling _pooling;
    private readonly bool _owns;

    /// <summary>Embeds with a model and an engine that stay the caller's; without a pooling with the one that the model was made for, else the mean.</summary>
    /// <exception cref="UserInputException">The model was made for a pooling that there is none of here, and no other is given.</exception>
    public GeobukEmbeddingGenerator(InferenceModel model, Engine engine, Pooling? pooling = null) : this(model, engine, pooling, owns: false)
    {
    }

    private GeobukEmbeddingGenerator(InferenceModel model, Engine engine, Pooling? pooling, bool owns)
    {
        (_model, _engine, _pooling, _owns) = (model, engine, model.PoolingOf(pooling), owns);
        Metadata = new EmbeddingGeneratorMetadata("geobuk", providerUri: null, model.Name, model.Config.HiddenSize);
    }

    /// <summary>What computes, and the numbers an embedding has.</summary>
    public EmbeddingGeneratorMetadata Metadata { get; }

    /// <summary>Opens a GGUF file or a Hugging Face folder; disposing the generator closes it.</summary>
    /// <exception cref="UserInputException">The model cannot be opened.</exception>
    public static GeobukEmbeddingGenerator Load(string path, Pooling? pooling = null, InferenceOptions? options = null)
    {
        var model = InferenceModel.Load(path, options);
        try
        {
            var taken = model.PoolingOf(pooling);
            return new GeobukEmbeddingGenerator(model, new Engine(model), taken, owns: true);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="UserInputException">A text is empty or longer than the context.</exception>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        var tokens = 0;
        var embeddings = new GeneratedEmbeddings<Embedding<float>>();
        foreach (var value in values)
        {
            var ids = _model.Tokenizer.Encode(value, addSpecialTokens: true);
            tokens += ids.Length;
            var place = await Task.Run(() => _engine.Embed(ids, _pooling, cancellationToken), cancellationToken).ConfigureAwait(false);
            embeddings.Add(new Embedding<float>(place) { ModelId = _model.Name, CreatedAt = DateTimeOffset.UtcNow });
        }
        embeddings.Usage = new UsageDetails { InputTokenCount = tokens, TotalTokenCount = tokens };
        return embeddings;
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null : serviceType == typeof(EmbeddingGeneratorMetadata) ? Metadata : serviceType.IsInstanceOfType(this) ? this : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_owns) return;
        _engine.Dispose();
        _model.Dispose();
    }
}

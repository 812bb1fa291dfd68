using Geobuk.Models;

namespace Geobuk.Inference;

/// <summary>A model ready to compute: a GGUF file used in place, or a Hugging Face folder.</summary>
public sealed class InferenceModel : IDisposable
{
    private InferenceModel() { }

    /// <summary>Shape and positions.</summary>
    public ModelConfig Config => throw new NotSupportedException();
    /// <summary>Host settings.</summary>
    public InferenceOptions Options => throw new NotSupportedException();
    /// <summary>Name for people and for the API.</summary>
    public string Name => throw new NotSupportedException();
    /// <summary>Size on disk of the weights.</summary>
    public long FileBytes => throw new NotSupportedException();
    /// <summary>Number of weights.</summary>
    public long ParameterCount => throw new NotSupportedException();
    /// <summary>The instruction set and arithmetic that the kernels use here.</summary>
    public string KernelPath => throw new NotSupportedException();
    /// <summary>Time that <see cref="Load"/> took.</summary>
    public TimeSpan LoadTime => throw new NotSupportedException();
    /// <summary>Longest sequence: the option's or the model's limit, whichever is smaller.</summary>
    public int ContextLength => throw new NotSupportedException();
    /// <summary>Tokens that end a generation.</summary>
    public IReadOnlySet<int> StopTokenIds => throw new NotSupportedException();

    /// <summary>Opens a GGUF file or a Hugging Face folder (config.json, *.safetensors, tokenizer.json).</summary>
    /// <exception cref="UserInputException">The files are missing, broken, unsupported or contradict each other.</exception>
    public static InferenceModel Load(string path, InferenceOptions? options = null) => throw new NotSupportedException();

    /// <inheritdoc/>
    public void Dispose() => throw new NotSupportedException();
}

using Geobuk.Models;
using Geobuk.Models.Tokenization;

namespace Geobuk.Inference.Weights;

/// <summary>Where weights come from. Tensors are asked for by their GGUF names; a source answers for its own.</summary>
internal interface IWeightSource : IDisposable
{
    /// <summary>The file or folder, for errors.</summary>
    string Place { get; }
    ModelConfig Config { get; }
    RotaryLayout RotaryLayout { get; }
    long FileBytes { get; }
    /// <summary>The source's own name of a tensor.</summary>
    string NativeName(string ggufName);
    /// <summary>Own names of all tensors that belong to the transformer.</summary>
    IEnumerable<string> NativeNames { get; }
    /// <summary>The tokenizer that came with the weights, or null.</summary>
    Tokenizer? ReadTokenizer();
    /// <summary>The tensor, or null.</summary>
    WeightTensor? Find(string ggufName);
}

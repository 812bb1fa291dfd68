using Geobuk.Inference.Kernels;
using Geobuk.Models;
using Geobuk.Models.Layouts;
using Geobuk.Models.Tokenization;

namespace Geobuk.Inference.Weights;

/// <summary>Where weights come from. Tensors are asked for as the layout of GGUF files describes them.</summary>
internal interface IWeightSource : IDisposable
{
    /// <summary>The file or folder, for errors.</summary>
    string Place { get; }
    ModelConfig Config { get; }
    /// <summary>The tensors that the configuration asks for.</summary>
    ModelLayout Layout { get; }
    RotaryLayout RotaryLayout { get; }
    long FileBytes { get; }
    /// <summary>Names of the tensors that are there.</summary>
    IEnumerable<string> Names { get; }
    /// <summary>How the model's makers pool, by llama.cpp's number (1 mean, 2 first, 3 last token, 4 rank); null where it does not say.</summary>
    int? PoolingType { get; }
    /// <summary>The tokenizer that came with the weights, or null.</summary>
    Tokenizer? ReadTokenizer();
    /// <summary>The tensor, or null.</summary>
    WeightTensor? Find(GgufTensorSpec spec);
    /// <summary>Gives back the memory of all weights that were read; they can be read again. Nobody may be computing with them meanwhile.</summary>
    void Release();
}

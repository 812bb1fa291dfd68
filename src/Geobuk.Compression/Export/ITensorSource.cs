using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Layouts;
using Geobuk.Models.Tokenization;

namespace Geobuk.Compression.Export;

/// <summary>A model as the tensors of a checkpoint, whatever it is stored as.</summary>
internal interface ITensorSource : IDisposable
{
    ModelConfig Config { get; }
    IReadOnlyList<TensorSpec> Tensors { get; }
    /// <summary>The type that holds the matrices without loss, BF16 where they are quantized.</summary>
    TensorDataType PlainType { get; }
    /// <summary>The tokenizer inside the model, or null.</summary>
    Tokenizer? Tokenizer { get; }

    /// <summary>All values, row-major.</summary>
    float[] Read(TensorSpec spec);
}

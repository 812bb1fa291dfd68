using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Layouts;
using Geobuk.Models.Tokenization;

namespace Geobuk.Compression.Export;

/// <summary>The tensors of a Hugging Face folder.</summary>
internal sealed class FolderTensors(string folder) : ITensorSource
{
    private readonly ModelCheckpoint _checkpoint = ModelCheckpoint.Open(folder);

    public ModelConfig Config => _checkpoint.Config;
    public IReadOnlyList<TensorSpec> Tensors => _checkpoint.Tensors;
    public Tokenizer? Tokenizer => null;

    public TensorDataType PlainType
    {
        get
        {
            var types = Tensors.Where(spec => spec.Shape.Count == 2).Select(spec => _checkpoint.DataType(spec.Name)).ToHashSet();
            if (types.Contains(TensorDataType.F8_E4M3) || types.Contains(TensorDataType.I32)) return TensorDataType.BF16;
            return types.Count == 1 ? types.Single() : TensorDataType.F32;
        }
    }

    public float[] Read(TensorSpec spec) => _checkpoint.ReadSingle(spec.Name);

    public void Dispose() => _checkpoint.Dispose();
}

using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Tests;

namespace Geobuk.Inference.Tests;

/// <summary>A folder with a small random model, deleted when disposed.</summary>
internal sealed class TinyModel : IDisposable
{
    public TinyModel(ModelConfig? config = null, int seed = 1, TensorDataType type = TensorDataType.F32, Action<List<TensorToWrite>>? change = null)
    {
        Config = config ?? Shape;
        Folder = Directory.CreateTempSubdirectory("geobuk-tiny-").FullName;
        TinyCheckpoint.Write(Folder, Config, seed, type, change);
    }

    public static ModelConfig Shape => TinyCheckpoint.Shapes["llama"];

    public ModelConfig Config { get; }
    public string Folder { get; }

    public InferenceModel Load(InferenceOptions? options = null) => InferenceModel.Load(Folder, options ?? new InferenceOptions { Threads = 2 });

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

using System.Buffers.Binary;
using Geobuk.Fuzz.Mutations;
using Geobuk.Models.Checkpoints;

namespace Geobuk.Fuzz.Targets;

/// <summary>Safetensors files.</summary>
internal sealed class SafetensorsTarget : Target
{
    public override string Name => "safetensors";

    public override string FileName => "model.safetensors";

    /// <summary>Every other time the header is changed as JSON and its length set right, or a field is lost in the first check.</summary>
    public override byte[] Mutate(byte[] file, Random random)
    {
        if (random.Next(2) == 0 || file.Length < sizeof(ulong)) return ByteMutations.Apply(file, Seeds, random);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(file);
        if (length > (ulong)file.Length - sizeof(ulong)) return ByteMutations.Apply(file, Seeds, random);
        var end = sizeof(ulong) + (int)length;
        var header = JsonMutations.Apply(file.AsSpan(sizeof(ulong)..end), random);
        return [.. BitConverter.GetBytes((ulong)header.Length), .. header, .. file[end..]];
    }

    public override void Read(string folder) => ReadFolder(folder);

    /// <summary>Opens a folder and reads the first and last row of every tensor.</summary>
    public static void ReadFolder(string folder)
    {
        using var checkpoint = Checkpoint.Open(folder);
        foreach (var tensor in checkpoint.Tensors.Values)
        {
            if (tensor.Elements == 0) continue;
            var bytes = checkpoint.Bytes(tensor.Name);
            var length = tensor.Shape.Count == 0 ? 1 : (int)tensor.Shape[^1];
            var (row, size) = (new float[length], length * tensor.DataType.Size());
            if (IsFloat(tensor.DataType)) tensor.DataType.ToSingle(bytes[..size], row);
            if (IsFloat(tensor.DataType)) tensor.DataType.ToSingle(bytes[^size..], row);
            _ = bytes[0] + bytes[^1];
        }
    }

    private static bool IsFloat(TensorDataType type) => type is not (TensorDataType.I64 or TensorDataType.I32 or TensorDataType.U8);
}

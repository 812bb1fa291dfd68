using Geobuk.Models.Layouts;

namespace Geobuk.Models.Sizes;

/// <summary>
/// Weights of a model, part by part. Active are the weights that one token reaches: all of them, but of the routed experts only
/// as many as the router picks for a token. Embedding and head count whole although a token looks up one row: that is how the
/// published figures come about, 33B for A.X K1 and 2.57B for the K2-Light shape. The correction of a router's scores counts
/// as a weight, as in 518,983,063,808 for A.X K1.
/// </summary>
public sealed record ModelSize
{
    private static readonly TensorRole[] s_order =
    [
        TensorRole.Embedding, TensorRole.Attention, TensorRole.Indexer, TensorRole.Mlp, TensorRole.Router, TensorRole.SharedExpert,
        TensorRole.RoutedExpert, TensorRole.Norm, TensorRole.Head,
    ];

    /// <summary>The parts that the model has, from the input to the output.</summary>
    public required IReadOnlyList<PartSize> Parts { get; init; }

    /// <summary>Weights stored.</summary>
    public long Parameters => Parts.Sum(part => part.Parameters);
    /// <summary>Weights that one token reaches.</summary>
    public long ActiveParameters => Parts.Sum(part => part.ActiveParameters);
    /// <summary>Bytes of all tensors.</summary>
    public long Bytes => Parts.Sum(part => part.Bytes);
    /// <summary>Weights that one token is multiplied with: the active ones but for a table that is only looked up in.</summary>
    public long MultipliedParameters => ActiveParameters - (Of(TensorRole.Head) > 0 ? Of(TensorRole.Embedding) : 0);

    /// <summary>A checkpoint of a configuration, in bf16 with the routers' corrections in F32.</summary>
    public static ModelSize Of(ModelConfig config) =>
        Of(config, ModelLayout.Of(config).Tensors.Select(spec => (spec.Role, spec.Elements, spec.Elements * (spec.IsCorrection ? 4 : 2))));

    /// <summary>A checkpoint of a configuration in the form that its config.json names, without scales.</summary>
    public static ModelSize Of(ModelConfig config, StoredForm form) => Of(config, ModelLayout.Of(config).Tensors.Select(spec => (spec.Role, spec.Elements, form.Bytes(spec))));

    /// <summary>Stored tensors of a configuration.</summary>
    public static ModelSize Of(ModelConfig config, IEnumerable<(TensorRole Role, long Elements, long Bytes)> tensors)
    {
        var parts = tensors.GroupBy(tensor => tensor.Role).ToDictionary(group => group.Key, group => Sum(group.Key, config.Mixture, [.. group]));
        return new ModelSize { Parts = [.. s_order.Where(parts.ContainsKey).Select(role => parts[role])] };
    }

    /// <summary>Weights stored in a part; 0 where the model has none of it.</summary>
    public long Of(TensorRole role) => Parts.FirstOrDefault(part => part.Part == role)?.Parameters ?? 0;

    private static PartSize Sum(TensorRole role, MixtureConfig? mixture, (TensorRole Role, long Elements, long Bytes)[] tensors)
    {
        var parameters = tensors.Sum(tensor => tensor.Elements);
        var active = role == TensorRole.RoutedExpert ? parameters / mixture!.RoutedExperts * mixture.ExpertsPerToken : parameters;
        return new PartSize(role, tensors.Length, parameters, active, tensors.Sum(tensor => tensor.Bytes));
    }
}

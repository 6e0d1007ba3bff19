<?php
/**
 * Plugin Name: Brands for brandsync
 * Description: The brand type, and roles for brandsync that can touch nothing else. Goes into wp-content/mu-plugins.
 */

add_action('init', function () {
    register_post_type('brand', [
        'label' => 'Brands',
        'public' => true,
        'show_in_rest' => true,
        'rest_base' => 'brands',
        'capability_type' => 'brand',
        'map_meta_cap' => true,
        'capabilities' => ['create_posts' => 'create_brands'],
        'supports' => ['title', 'editor', 'excerpt', 'thumbnail', 'custom-fields', 'revisions'],
    ]);
    $meta = [
        'type' => 'string',
        'single' => true,
        'show_in_rest' => true,
        'auth_callback' => fn ($allowed, $meta, $post) => current_user_can('edit_post', $post),
    ];
    register_post_meta('brand', 'external_id', $meta); // any id of any store, as it is
    $url = fn ($value) => esc_url_raw($value, ['http', 'https']);
    register_post_meta('brand', 'website_url', ['sanitize_callback' => $url] + $meta);
    // Roles are kept in the database: they are written once.
    $write = ['edit_brands', 'edit_others_brands', 'edit_published_brands'];
    $all = [...$write, 'create_brands', 'publish_brands', 'read_private_brands', 'edit_private_brands', 'delete_brands',
        'delete_others_brands', 'delete_published_brands', 'delete_private_brands'];
    if (!get_role('brandsync') && get_role('administrator')) {
        add_role('brandsync', 'brandsync', array_fill_keys(['read', ...$write], true));
        foreach (array_filter([get_role('administrator'), get_role('editor')]) as $role) {
            array_map([$role, 'add_cap'], $all);
        }
    }
});

// Any write saves an entry's texts anew, and WordPress takes iframes, styles and plain ampersands out of them where the
// user lacks unfiltered_html. A text that is not changed stays as it is, in the entry and in its revisions.
add_filter('wp_insert_post_data', function ($data, $given, $unfiltered) {
    $id = $data['post_type'] === 'revision' ? $data['post_parent'] : ($given['ID'] ?? 0);
    $stored = $id ? get_post($id) : null;
    // The role brandsync writes custom fields alone: nothing else changes, so that it can't unpublish an entry either.
    $user = wp_get_current_user();
    if ($stored && $stored->post_type === 'brand' && $data['post_type'] === 'brand'
        && in_array('brandsync', $user->roles, true) && !$user->has_cap('publish_brands')) {
        foreach (array_diff(array_keys($data), ['post_modified', 'post_modified_gmt']) as $field) {
            $data[$field] = wp_slash($stored->$field);
        }
    } elseif ($stored && $stored->post_type === 'brand') {
        foreach (['post_title', 'post_content', 'post_excerpt'] as $field) {
            if (wp_unslash($unfiltered[$field] ?? null) === $stored->$field) {
                $data[$field] = wp_slash($stored->$field);
            }
        }
    }
    return $data;
}, 10, 3);

add_action('rest_api_init', function () {
    // Tells brandsync that the filter above is there.
    register_rest_field('brand', 'keeps_html', [
        'get_callback' => '__return_true',
        'schema' => ['type' => 'boolean', 'context' => ['edit'], 'readonly' => true],
    ]);
    // Whether an editor has an autosave that a write would make WordPress forget: brandsync then leaves the entry alone.
    // Without this field it asks for the autosaves of each entry, one by one.
    register_rest_field('brand', 'pending_autosave', [
        'get_callback' => function ($brand) {
            $autosave = wp_get_post_autosave($brand['id']);
            return $autosave && $autosave->post_modified_gmt > get_post($brand['id'])->post_modified_gmt;
        },
        'schema' => ['type' => 'boolean', 'context' => ['edit'], 'readonly' => true],
    ]);
    // Titles as editors wrote them, for users who may only read: title.rendered has its quotes and dashes replaced.
    register_rest_field('brand', 'raw_title', [
        'get_callback' => fn ($brand) => get_post($brand['id'])->post_title,
        'schema' => ['type' => 'string', 'context' => ['view', 'edit'], 'readonly' => true],
    ]);
});

<?php
// What only the tests need: no mail, and the misconfigurations that the option "brandsync_faults" asks for.
add_filter('pre_wp_mail', '__return_false');

function brandsync_fault(string $name): mixed
{
    return get_option('brandsync_faults', [])[$name] ?? null;
}

add_action('init', function () {
    if (brandsync_fault('no_meta')) {
        unregister_post_meta('brand', 'external_id');
    }
    if (brandsync_fault('no_custom_fields')) {
        remove_post_type_support('brand', 'custom-fields');
    }
    if (brandsync_fault('no_revisions')) {
        remove_post_type_support('brand', 'revisions');
    }
}, 20);

add_action('rest_api_init', function () {
    global $wp_rest_additional_fields;
    if (brandsync_fault('no_pending_field')) {
        unset($wp_rest_additional_fields['brand']['pending_autosave']);
    }
    if (brandsync_fault('no_keeping')) {
        unset($wp_rest_additional_fields['brand']['keeps_html']);
        remove_all_filters('wp_insert_post_data');
    }
}, 20);

add_filter('rest_endpoints', function (array $endpoints) {
    if (brandsync_fault('no_batch')) {
        unset($endpoints['/batch/v1']);
    }
    return $endpoints;
});

add_filter('rest_brand_query', function (array $args) {
    $limit = brandsync_fault('page_limit');
    return $limit ? ['posts_per_page' => min($limit, $args['posts_per_page'])] + $args : $args;
});

// A web server that does not pass the Authorization header on.
if (!empty($_SERVER['HTTP_AUTHORIZATION'] ?? $_SERVER['PHP_AUTH_USER'] ?? null)) {
    add_action('muplugins_loaded', function () {
        if (brandsync_fault('no_authorization')) {
            unset($_SERVER['HTTP_AUTHORIZATION'], $_SERVER['PHP_AUTH_USER'], $_SERVER['PHP_AUTH_PW']);
        }
    });
}
